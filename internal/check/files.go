package check

import "ssprd/internal/config"

var fileCodes = []Meaning{}

func files(c *config.Config) []area { return nil }
