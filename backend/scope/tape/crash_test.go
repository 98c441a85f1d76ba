package tape_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
	"emitscope/backend/scope/tape"
)

// crashFolder tells this program that it is to record into a folder until it is killed.
const crashFolder = "EMITSCOPE_TEST_CRASH_FOLDER"

func TestMain(m *testing.M) {
	if folder := os.Getenv(crashFolder); folder != "" {
		recordForever(folder)
	}
	os.Exit(m.Run())
}

// recordForever records as fast as it can, and says on standard output, each 50 ms, which message
// it told the tape of last.
func recordForever(folder string) {
	d := newDeckAt(folder)
	go func() { _ = d.Run(context.Background()) }()
	if _, err := d.Start(msg.NewRecording{Name: "crash"}); err != nil {
		panic(err)
	}
	said := time.Now()
	for seq := uint64(1); ; seq++ {
		rec := tick(seq)
		rec.At = time.Now()
		d.Observe(rec)
		if seq%20 == 0 {
			time.Sleep(time.Millisecond)
		}
		if time.Since(said) > 50*time.Millisecond {
			said = time.Now()
			fmt.Println(seq)
		}
	}
}

// crashes is how often a process is killed: a few times, or as often as is asked for.
func crashes(t *testing.T) int {
	text := os.Getenv("EMITSCOPE_CRASHES")
	if text == "" {
		return 3
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A process that is killed leaves a file that opens, with every message but the
// newest, without a hole. How much is missing is a matter of time, which a busy machine
// has its own idea of: what was told of before the last batch but one began is there.
func TestAKilledProcessLeavesAWholeFile(t *testing.T) {
	for i := range crashes(t) {
		folder := filepath.Join(t.TempDir(), "recordings")
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), crashFolder+"="+folder)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		d := deck{newDeckAt(folder), t, folder}
		var told, written uint64
		for n := 0; n < 5+3*i && lines.Scan(); n++ {
			if told, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		testkit.Eventually(t, func() bool { written = d.one("crash").Messages; return written >= told }, "what was told of to be written")
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed
		got := d.all("crash", "")
		if uint64(len(got)) < written {
			t.Errorf("got %d messages, and %d had been written before", len(got), written)
		}
		for at, r := range got {
			if r.Seq != uint64(at)+1 {
				t.Fatalf("message %d is at place %d", r.Seq, at+1)
			}
		}
		if about := d.one("crash"); about.State != msg.RecordingInterrupted || about.Messages != uint64(len(got)) {
			t.Errorf("got %+v, want it interrupted with %d messages", about, len(got))
		}
		if err := d.Remove("crash"); err != nil {
			t.Error(err)
		}
		if left := filesIn(t, folder); len(left) > 0 {
			t.Errorf("after it was removed there is %v", left)
		}
	}
}

func newDeckAt(folder string) *tape.Tape { return tape.New(optionsAt(folder)) }
