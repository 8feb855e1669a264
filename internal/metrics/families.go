package metrics

import "strings"

// Family is a metric: its series differ by their labels.
type Family struct {
	Name   string
	Kind   string // counter, gauge or histogram
	Labels []string
	Help   string // one sentence, without its full stop

	buckets []float64 // of a histogram
}

const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
)

// The buckets, in seconds.
var (
	local   = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .1, .5, 2}
	network = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	spread  = []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300}
)

// The labels.
var (
	byServer    = []string{"directory", "server"}
	byOperation = []string{"directory", "server", "operation"}
)

// The families. docs/metrics.md has a line for each; a test holds the two together.
var (
	resets        = &Family{"ssprd_resets_total", counter, []string{"population", "outcome"}, "How resets came out; a refused or failed change may be tried again in the same reset", nil}
	events        = &Family{"ssprd_events_total", counter, []string{"population", "event"}, "Events of the audit record: each step of a reset, and of the helpdesk", nil}
	refusals      = &Family{"ssprd_refusals_total", counter, []string{"population", "event", "reason"}, "Events of a reset that have a reason: codes and passwords that were refused, codes that were withheld", nil}
	limitsReached = &Family{"ssprd_limits_reached_total", counter, []string{"population", "limit"}, "Limits that kept somebody waiting, each once in its time, and those of the helpdesk once a minute", nil}
	deskActs      = &Family{"ssprd_desk_acts_total", counter, []string{"population", "act"}, "Acts of the helpdesk that were about to be done", nil}
	deskRefusals  = &Family{"ssprd_desk_refusals_total", counter, []string{"population", "reason"}, "What agents asked for and was not done", nil}
	auditErrors   = &Family{"ssprd_audit_errors_total", counter, nil, "Events that could not be recorded, so that what they tell of was not done", nil}

	ldapDuration  = &Family{"ssprd_ldap_duration_seconds", histogram, byOperation, "How long a directory server took: a bind with its connection and TLS, a search, a write", network}
	ldapErrors    = &Family{"ssprd_ldap_errors_total", counter, byOperation, "Requests that a directory server did not answer, or did not serve", nil}
	replicaDelay  = &Family{"ssprd_replica_delay_seconds", histogram, byServer, "How long after a change was written a server had it that did not write it", spread}
	replicaMissed = &Family{"ssprd_replica_missed_total", counter, byServer, "Changes that a server did not have when its population's wait was over", nil}
	replicaWaits  = &Family{"ssprd_replica_changes_waiting", gauge, byServer, "Changes that a server is watched for at the moment", nil}

	mails        = &Family{"ssprd_mails_total", counter, []string{"kind", "outcome"}, "What became of mails", nil}
	smtpDuration = &Family{"ssprd_smtp_duration_seconds", histogram, []string{"server"}, "How long an attempt to hand a mail over took, with its connection where one was made", network}
	smtpErrors   = &Family{"ssprd_smtp_errors_total", counter, []string{"server"}, "Attempts at which the mail server could not be reached, or took no mail", nil}
	mailQueue    = &Family{"ssprd_mail_queue_messages", gauge, nil, "Mails that are neither delivered nor given up; there is room for 1000", nil}

	stateDuration = &Family{"ssprd_state_duration_seconds", histogram, []string{"operation"}, "How long the state store took", local}
	stateErrors   = &Family{"ssprd_state_errors_total", counter, []string{"operation"}, "What the state store could not do", nil}

	searchesWaiting = &Family{"ssprd_searches_waiting", gauge, []string{"population"}, "Searches for a person that wait for a worker, or for another try; a start beyond 512 is refused", nil}
	changesRunning  = &Family{"ssprd_changes_running", gauge, nil, "Changes of a password that are being written", nil}
	changesFollowed = &Family{"ssprd_changes_followed", gauge, nil, "Changes that are written, and followed to the other servers", nil}
	ready           = &Family{"ssprd_ready", gauge, []string{"part"}, "Whether a part works, as /readyz tells it: 1 if it does, else 0", nil}
	buildInfo       = &Family{"ssprd_build_info", gauge, []string{"version", "goversion"}, "1, with the version and that of Go", nil}

	goroutines     = &Family{"go_goroutines", gauge, nil, "Goroutines that there are", nil}
	heap           = &Family{"go_memstats_heap_alloc_bytes", gauge, nil, "Memory of objects that are in use, or not yet found not to be", nil}
	startTime      = &Family{"process_start_time_seconds", gauge, nil, "When the process began, since 1970", nil}
	cpuTime        = &Family{"process_cpu_seconds_total", counter, nil, "Processor time, of the process and for it in the kernel", nil}
	residentMemory = &Family{"process_resident_memory_bytes", gauge, nil, "Memory that the process has in RAM", nil}
	openFiles      = &Family{"process_open_fds", gauge, nil, "Files and connections that are open", nil}
)

// Families lists them, in the order of docs/metrics.md.
func Families() []*Family {
	return []*Family{
		resets, events, refusals, limitsReached, deskActs, deskRefusals, auditErrors,
		ldapDuration, ldapErrors, replicaDelay, replicaMissed, replicaWaits,
		mails, smtpDuration, smtpErrors, mailQueue,
		stateDuration, stateErrors,
		searchesWaiting, changesRunning, changesFollowed, ready, buildInfo,
		goroutines, heap, startTime, cpuTime, residentMemory, openFiles,
	}
}

// helpOf is what is told of each family beside its series.
var helpOf = func() map[string]string {
	all := map[string]string{}
	for _, f := range Families() {
		all[f.Name] = f.Help
	}
	return all
}()

// inLabel escapes what would end the value of a label.
var inLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// series is the name of a series as the exposition format has it.
func (f *Family) series(v values) string {
	if len(f.Labels) == 0 {
		return f.Name
	}
	var b strings.Builder
	b.WriteString(f.Name)
	for i, label := range f.Labels {
		before := ","
		if i == 0 {
			before = "{"
		}
		b.WriteString(before + label + `="` + inLabel.Replace(v[i]) + `"`)
	}
	return b.String() + "}"
}
