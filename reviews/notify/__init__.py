"""Ways out of the desk: one module a transport, looked up through ``registry``."""
