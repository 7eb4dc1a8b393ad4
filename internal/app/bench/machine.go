package bench

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Machine is where the figures were measured.
type Machine struct {
	CPUs   int     `json:"cpus"`
	Model  string  `json:"model,omitempty"`
	Memory int64   `json:"memory_bytes,omitempty"`
	Load   float64 `json:"load_average"` // over the last minute, when the bench began
	System string  `json:"system"`
	Go     string  `json:"go"`
}

func thisMachine() Machine {
	m := Machine{CPUs: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	m.Model = fieldOf("/proc/cpuinfo", "model name")
	m.Memory = kilobytes("/proc/meminfo", "MemTotal")
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		first, _, _ := strings.Cut(string(b), " ")
		m.Load, _ = strconv.ParseFloat(first, 64)
	}
	return m
}

func (m Machine) String() string {
	s := fmt.Sprintf("%d processors", m.CPUs)
	if m.Model != "" {
		s += " (" + m.Model + ")"
	}
	if m.Memory > 0 {
		s += fmt.Sprintf(", %.0f GB of memory", float64(m.Memory)/(1<<30))
	}
	return s + fmt.Sprintf(", %s, %s, load average %.1f at the start", m.System, m.Go, m.Load)
}

// fieldOf is a field of a file of lines "name: value"; "" where there is none,
// as on systems without /proc.
func fieldOf(path, name string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if n, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(n) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func kilobytes(path, name string) int64 {
	n, err := strconv.ParseInt(strings.TrimSuffix(fieldOf(path, name), " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}

func (p *process) file(name string) string {
	return "/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/" + name
}

// memory is what the process has in memory now and had at most, in bytes; 0
// where the system does not tell.
func (p *process) memory() (now, most int64) {
	return kilobytes(p.file("status"), "VmRSS"), kilobytes(p.file("status"), "VmHWM")
}

// tick is the unit of processor time in /proc on Linux.
const tick = 10 * time.Millisecond

// cpu is the processor time that the process has used (proc(5), stat, fields
// utime and stime); 0 where the system does not tell.
func (p *process) cpu() time.Duration {
	if p == nil {
		return 0
	}
	b, err := os.ReadFile(p.file("stat"))
	if err != nil {
		return 0
	}
	// The name of the program may hold spaces; it ends with the last ")".
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick
}
