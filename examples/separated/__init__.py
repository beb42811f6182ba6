"""Video transcoding: workflows on one task queue, the heavy activities on another, each with its own workers."""
