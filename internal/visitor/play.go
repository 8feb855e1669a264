package visitor

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

const (
	// patience is how long a mail or an awaited text may take: the machine may be busy.
	patience = 30 * time.Second
	// pause is how long the visitor takes before doing the same again.
	pause = 100 * time.Millisecond
)

// World is what a script is played in.
type World struct {
	URL   string                                      // of the portal
	Words map[string]string                           // what $name stands for
	Mail  func(to string) (texts []string, err error) // all messages to an address, the oldest first
	Verbs map[string]func(args ...string) error       // further commands
}

// Run plays the script in a file; what does not go as written fails the test.
func Run(t *testing.T, file string, w World) {
	t.Helper()
	script, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := Play(file, string(script), w); err != nil {
		t.Fatal(err)
	}
}

// Play plays a script. The error names the file and the line, and shows the page at that moment.
func Play(file, script string, w World) error {
	lines, err := parse(script)
	if err != nil {
		return fmt.Errorf("%s:%w", file, err)
	}
	home, err := url.Parse(w.URL)
	if err != nil {
		return err
	}
	p := &player{world: w, home: home, browsers: map[string]*browser{}, words: map[string]string{}, read: map[string]int{}}
	for name, value := range w.Words {
		p.words[name] = value
	}
	if err := p.useBrowser([]string{"first"}); err != nil {
		return err
	}
	for _, l := range lines {
		if err := p.line(l); err != nil {
			return fmt.Errorf("%s:%d: %s: %w\n%s", file, l.number, l.text, err, p.page().describe())
		}
	}
	return nil
}

// player is a script being played.
type player struct {
	world    World
	home     *url.URL
	browsers map[string]*browser
	*browser // the one in use
	words    map[string]string
	read     map[string]int // of each address, how many messages were read
	letter   string         // the message read last
}

// line does what one line says, again and again if it says until when.
func (p *player) line(l line) error {
	words, err := expand(l.words, p.words)
	if err != nil {
		return err
	}
	command, condition := cutUntil(words)
	if condition == nil {
		return p.do(command)
	}
	if command[0] == "reload" && p.see(condition) == nil {
		return nil // nobody reloads a page that has what they wait for
	}
	return eventually(func() (bool, error) {
		if err := p.do(command); err != nil {
			return false, err
		}
		err := p.see(condition)
		return err == nil, nil
	})
}

func (p *player) do(words []string) error {
	name, args := words[0], words[1:]
	if verb, ok := p.world.Verbs[name]; ok {
		return verb(args...)
	}
	c, ok := commands[name]
	switch {
	case !ok:
		return errors.New("no such command")
	case len(args) < c.least || len(args) > c.most:
		return fmt.Errorf("%s takes another number of words", name)
	}
	return c.do(p, args)
}

// eventually asks until the answer is yes, for as long as patience lasts.
func eventually(ask func() (bool, error)) error {
	deadline, again := time.After(patience), time.NewTicker(pause)
	defer again.Stop()
	for {
		if yes, err := ask(); yes || err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-deadline:
			return errors.New("waited in vain")
		}
	}
}

// contains checks "TEXT" or "not TEXT" against a text.
func contains(where, text string, args []string) error {
	wanted, not := args[len(args)-1], len(args) == 2
	found := strings.Contains(fold(text), fold(wanted))
	switch {
	case not && args[0] != "not":
		return fmt.Errorf("%q is neither not nor the only word", args[0])
	case found && not:
		return fmt.Errorf("it is %s", where)
	case !found && !not:
		return fmt.Errorf("it is not %s", where)
	}
	return nil
}
