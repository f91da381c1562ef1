"""What several rooms of tests need: each thing once."""
