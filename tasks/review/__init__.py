"""People's decisions about results: noted, recorded as rows, carried out; and the pages to make them on."""
