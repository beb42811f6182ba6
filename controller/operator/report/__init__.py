"""What a pass says: conditions, status, Events and recordings, all renderings of the same decision."""
