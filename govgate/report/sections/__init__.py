"""The sections of a report, a module each: `section` takes what verified, and says it."""
