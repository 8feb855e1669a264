package check

import "ssprd/internal/config"

var portalCodes = []Meaning{}

func portal(c *config.Config) []area { return nil }
