"""The representatives' door."""
