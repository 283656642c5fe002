"""What a user declares. Import the names from `snowplow_signals`; the files here hold one noun each."""
