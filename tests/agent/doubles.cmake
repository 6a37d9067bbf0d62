# No doubles here: the tests run the real runner.
add_dependencies(test_agent weir-runner weir-mover)
