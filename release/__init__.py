"""What a release is made of beside the program: charts and manifests, from one source each."""
