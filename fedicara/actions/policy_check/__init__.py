"""`policy check`: what a site says about AI use, read as a careful crawler would read it (section 6 of the policy)."""
