# No doubles here: the tests run the real runner.
add_dependencies(test_backend weir-runner)
target_link_libraries(test_backend PRIVATE kubernetes_stand_in)
