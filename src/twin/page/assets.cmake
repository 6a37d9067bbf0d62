# Compiles the page's files into the room: its own, and Apache ECharts as npm lays it here.
if(TARGET weir_twin)
  set(page_charts ${CMAKE_CURRENT_LIST_DIR}/node_modules/echarts/dist/echarts.min.js)
  if(NOT EXISTS ${page_charts})
    message(FATAL_ERROR "Apache ECharts is not here yet (${page_charts}). "
      "Run scripts/setup run, once with a network.")
  endif()
  set_property(SOURCE ${CMAKE_CURRENT_LIST_DIR}/assets.cpp DIRECTORY ${PROJECT_SOURCE_DIR}
    PROPERTY COMPILE_DEFINITIONS
      WEIR_PAGE_TEMPLATE="${CMAKE_CURRENT_LIST_DIR}/page.html"
      WEIR_PAGE_STYLE="${CMAKE_CURRENT_LIST_DIR}/page.css"
      WEIR_PAGE_SCRIPT="${CMAKE_CURRENT_LIST_DIR}/page.js"
      WEIR_PAGE_CHARTS="${page_charts}")
  set_property(SOURCE ${CMAKE_CURRENT_LIST_DIR}/assets.cpp DIRECTORY ${PROJECT_SOURCE_DIR}
    PROPERTY OBJECT_DEPENDS
      ${CMAKE_CURRENT_LIST_DIR}/page.html ${CMAKE_CURRENT_LIST_DIR}/page.css
      ${CMAKE_CURRENT_LIST_DIR}/page.js ${page_charts})
endif()
