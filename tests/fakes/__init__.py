"""What stands in for the world in the tests: an engine, a launcher, people, their browsers."""
