package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
)

// version is set when a release is built: -ldflags "-X main.version=1.2.3".
var version = ""

func versionCommand(_ context.Context, args []string, out, diagnostics io.Writer) error {
	if err := options("version", "version", args, out, diagnostics, func(*flag.FlagSet) {}); err != nil {
		return err
	}
	v, toolchain := built()
	_, err := fmt.Fprintf(out, "ssprd %s (%s)\n", v, toolchain)
	return err
}

// built is which version this is, and the Go that built it.
func built() (v, toolchain string) {
	v, toolchain = version, "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		toolchain = info.GoVersion
		if v == "" {
			v = info.Main.Version
		}
	}
	return v, toolchain
}
