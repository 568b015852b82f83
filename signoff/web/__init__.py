"""The doors: public pages, the representatives' pages, the office."""
