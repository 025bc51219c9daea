"""What a request means and where it goes. Pure and synchronous: facts in, decision out."""
