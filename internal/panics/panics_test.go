package panics_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"ssprd/internal/panics"
)

// R57: of a panic the log gets where it was, and never what it said.
func TestCatch(t *testing.T) {
	const canary = "Canary-word-47"
	for name, c := range map[string]struct {
		f    func() error
		want string
	}{
		"a text":      {func() error { panic("cannot read " + canary) }, "panic with a string"},
		"an error":    {func() error { panic(errors.New(canary)) }, "panic with a *errors.errorString"},
		"anything":    {func() error { panic(struct{ s string }{canary}) }, "panic with a struct"},
		"the runtime": {func() error { return []error{}[len(canary)] }, "panic: runtime error: index out of range [14]"},
	} {
		err := panics.Catch(c.f)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "TestCatch") {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), canary) {
			t.Errorf("%s: what it said is told: %v", name, err)
		}
	}
	if err := panics.Catch(func() error { return errors.ErrUnsupported }); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("an error is not handed on: %v", err)
	}
}
