"""The web's doors: public, sign, office. They read from store and write only through actions."""
