# The tests kill real movers.
add_dependencies(test_mover weir-mover)
