package deploytest_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
	"ssprd/internal/portaltest"
)

// instruction is one of a Dockerfile.
type instruction struct{ word, rest string }

// dockerfile reads the instructions: comments left out, lines that go on joined.
func dockerfile(t *testing.T) (all []instruction) {
	t.Helper()
	var text strings.Builder
	for line := range strings.Lines(string(content(t, filepath.Join(portaltest.Root(), "Dockerfile")))) {
		if !strings.HasPrefix(line, "#") {
			text.WriteString(line)
		}
	}
	for line := range strings.Lines(strings.ReplaceAll(text.String(), "\\\n", "")) {
		if word, rest, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			all = append(all, instruction{word, rest})
		}
	}
	return all
}

// The Dockerfile is followed as Docker would, but for its own base image: the commands of its first stage are run here, what
// the second one copies is the whole file system of a portal, which runs in it as the image's user, with nothing to write to
// but its volumes (docker run --read-only), is found healthy by the image's own check, and ends by its signal.
func TestDockerfile(t *testing.T) {
	if os.Geteuid() != 0 {
		dirtest.Unable(t, "only root changes the root folder of a process")
	}
	dirtest.Need(t, "unshare", "chroot", "make")
	i := &image{build: t.TempDir(), root: filepath.Join(t.TempDir(), "root"), env: map[string]string{}}
	for _, step := range dockerfile(t) {
		i.follow(t, step)
	}
	if !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(i.user) {
		t.Fatalf("USER %s: want the numbers of a user and a group that are not root's", i.user)
	}
	if zone := filepath.Join(i.root, "usr/share/zoneinfo", i.env["TZ"]); i.env["TZ"] == "" || !exists(zone) {
		t.Errorf("TZ=%s is no time zone of the image", i.env["TZ"])
	}
	pages, operations := portaltest.FreeAddress(t), portaltest.FreeAddress(t)
	installed := installation{pages: pages, operations: operations}
	i.write(t, "/etc/ssprd/config.yaml", installed.config())
	i.write(t, "/etc/ssprd/ldap.password", "anything")
	// The image listens on every address, at one port. It is not free for sure on this machine.
	if i.env["SSPRD_SERVER_LISTEN"] == "" {
		t.Error("the image leaves the portal on a loopback address, where nobody outside of the container reaches it")
	}
	i.env["SSPRD_SERVER_LISTEN"] = pages

	portal := i.start(t)
	defer portal.Stop()
	if err := portal.Await(func() error { return answers("http://"+pages+"/", "Mes services") }); err != nil {
		t.Fatal(err)
	}
	health := slices.Concat([]string{"--userspec", i.user, i.root}, i.healthcheck)
	if out, err := child.Run("chroot", health...); err != nil {
		t.Errorf("HEALTHCHECK: %v: %s", err, out)
	}
	if err := portal.Signal(i.signal); err != nil {
		t.Error(err)
	}
	if err := portal.Await(func() error { return errors.New("it still runs") }); portal.ExitCode() != 0 {
		t.Errorf("it does not end as it should: %v", err)
	}
	if out, err := child.Run("chroot", health...); err == nil {
		t.Errorf("HEALTHCHECK is content with a portal that has ended: %s", out)
	}
}

// image is what comes of following a Dockerfile.
type image struct {
	build string // the folder for what the first stage has outside of /src
	root  string // the file system of the last stage
	stage int

	user                string
	env                 map[string]string
	volumes             []string
	entrypoint, command []string
	healthcheck         []string
	signal              syscall.Signal
}

// follow does what an instruction says.
func (i *image) follow(t *testing.T, step instruction) {
	t.Helper()
	var err error
	switch step.word {
	case "FROM":
		i.stage++
	case "RUN":
		i.run(t, step.rest)
	case "COPY":
		i.copy(t, strings.Fields(step.rest))
	case "ENV":
		name, value, _ := strings.Cut(step.rest, "=")
		i.env[name] = value
	case "USER":
		i.user = step.rest
	case "VOLUME":
		err = json.Unmarshal([]byte(step.rest), &i.volumes)
	case "ENTRYPOINT":
		err = json.Unmarshal([]byte(step.rest), &i.entrypoint)
	case "CMD":
		err = json.Unmarshal([]byte(step.rest), &i.command)
	case "HEALTHCHECK":
		_, words, _ := strings.Cut(step.rest, " CMD ")
		err = json.Unmarshal([]byte(words), &i.healthcheck)
	case "STOPSIGNAL":
		i.signal = map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM}[step.rest]
	case "WORKDIR", "ARG", "EXPOSE":
	default:
		t.Errorf("what is %s?", step.word)
	}
	if err != nil {
		t.Errorf("%s %s: %v", step.word, step.rest, err)
	}
}

// elsewhere are the paths of the first stage that the commands write.
var elsewhere = regexp.MustCompile(`(^|[ =])(/ssprd|/rootfs|/volumes)\b`)

// run runs a command of the first stage in this tree, with what it writes in a folder of the test's.
func (i *image) run(t *testing.T, command string) {
	t.Helper()
	if strings.HasPrefix(command, "go mod download") {
		return // this tree has been built
	}
	cmd := exec.Command("sh", "-e", "-c", elsewhere.ReplaceAllString(command, "${1}"+i.build+"${2}"))
	cmd.Dir = portaltest.Root()
	cmd.Env = append(os.Environ(), "VERSION="+testVersion)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("RUN %s: %v: %s", command, err, out)
	}
}

// copy copies from the first stage. What the first stage itself copies is this tree, of which everything is to be there.
func (i *image) copy(t *testing.T, words []string) {
	t.Helper()
	var owner, from string
	for ; strings.HasPrefix(words[0], "--"); words = words[1:] {
		option, value, _ := strings.Cut(words[0], "=")
		switch option {
		case "--from":
			from = value
		case "--chown":
			owner = value
		default:
			t.Errorf("COPY: what is %s?", option)
		}
	}
	if from == "" {
		for _, name := range words[:len(words)-1] {
			if !exists(filepath.Join(portaltest.Root(), name)) {
				t.Errorf("COPY: there is no %s", name)
			}
		}
		return
	}
	source, target := filepath.Join(i.build, words[0]), filepath.Join(i.root, words[1])
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := child.Run("cp", "--recursive", "--preserve=mode", "--no-target-directory", source, target); err != nil {
		t.Fatal(err)
	}
	if owner != "" {
		if _, err := child.Run("chown", "--recursive", owner, target); err != nil {
			t.Fatal(err)
		}
	}
}

// write puts a file into the image, as a mounted one would be.
func (i *image) write(t *testing.T, name, text string) {
	t.Helper()
	target := filepath.Join(i.root, name)
	if err := os.WriteFile(target, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	_, group, _ := strings.Cut(i.user, ":")
	number, err := strconv.Atoi(group)
	if err := errors.Join(err, os.Chown(target, 0, number)); err != nil {
		t.Fatal(err)
	}
}

// inside makes the root folder read-only but for the volumes, and runs what comes after it as the image's user. It is a shell
// that waits, in a name space of processes: with it ends what it has started.
const inside = `root=$1 user=$2 volumes=$3; shift 3
mount --bind "$root" "$root"
for volume in $volumes; do mount --bind "$root$volume" "$root$volume"; done
mount -o remount,bind,ro "$root"
trap : TERM
chroot --userspec="$user" "$root" "$@"`

// start runs the image's command.
func (i *image) start(t *testing.T) *child.Process {
	t.Helper()
	words := []string{"--ignore-environment"}
	for name, value := range i.env {
		words = append(words, name+"="+value)
	}
	words = append(words, "PATH="+os.Getenv("PATH"), "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child",
		"sh", "-e", "-c", inside, "sh", i.root, i.user, strings.Join(i.volumes, " "))
	p, err := child.Start("env", slices.Concat(words, i.entrypoint, i.command)...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// What the image and the unit start are commands of the program, with the configuration where the package has it.
func TestStartsWhatIsThere(t *testing.T) {
	i := &image{}
	for _, step := range dockerfile(t) {
		if slices.Contains([]string{"ENTRYPOINT", "CMD", "HEALTHCHECK"}, step.word) {
			i.follow(t, step)
		}
	}
	programs, err := filepath.Glob(filepath.Join(artefacts(t), "ssprd_*_linux_"+runtime.GOARCH))
	if err != nil || len(programs) != 1 {
		t.Fatalf("programs: %v, %v", programs, err)
	}
	for _, line := range [][]string{slices.Concat(i.entrypoint, i.command), i.healthcheck, sourceUnit(t).command("ExecStart")} {
		if len(line) < 2 || path.Base(line[0]) != "ssprd" {
			t.Errorf("%q does not start ssprd", line)
			continue
		}
		if out, err := exec.Command(programs[0], line[1], "-h").CombinedOutput(); err != nil {
			t.Errorf("%q: %v: %s", line, err, out)
		}
		if at := slices.Index(line, "--config"); at >= 0 && line[at+1] != configFile {
			t.Errorf("%q: the configuration of the package and of the image is %s", line, configFile)
		}
	}
}
