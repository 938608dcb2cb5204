"""The Your model page: recordings of anyone's training loop, and saved pictures of their loss."""
