"""Numbers that a learned damage report is made from: measured, named, the same few hundred for any photograph."""
