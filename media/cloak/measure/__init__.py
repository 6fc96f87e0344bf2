"""How far a cloak moves encoders, beside noise that is as visible, and how visible and how varied it is."""
