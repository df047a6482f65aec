"""The routing screens: rules in force, their draft, trying it out, and putting it in force."""
