# Compiles accelerators.csv into the room, so that the program needs no file beside it.
if(TARGET weir_sense)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_LIST_DIR}/accelerators.csv)
  file(READ ${CMAKE_CURRENT_LIST_DIR}/accelerators.csv WEIR_ACCELERATORS)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/accelerator_table.cpp.in
    ${PROJECT_BINARY_DIR}/generated/sense/accelerator_table.cpp @ONLY)
  target_sources(weir_sense PRIVATE
    ${PROJECT_BINARY_DIR}/generated/sense/accelerator_table.cpp)
endif()
