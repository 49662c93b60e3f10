"""What leaves the archive in other people's forms: PREMIS XML, BagIt bags, IIIF manifests with tiles."""
