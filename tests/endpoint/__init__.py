"""The endpoint client, against a server on a real socket that does just what each test says."""
