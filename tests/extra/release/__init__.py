"""What a release is made of, by what takes longer: linters, schemas, the image, and the first steps of the docs."""
