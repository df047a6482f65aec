"""Real PostgreSQL, Redis, Chromium and desks for tests: started on free ports, stopped by pid."""
