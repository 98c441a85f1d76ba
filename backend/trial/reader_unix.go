//go:build unix

package trial

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// newReader returns the cheapest reader there is for conn.
func newReader(conn net.Conn) reader {
	if tcp, ok := conn.(*net.TCPConn); ok {
		if raw, err := tcp.SyscallConn(); err == nil {
			return &rawReader{raw: raw}
		}
	}
	return plainReader{conn} // TLS
}

// rawReader reads a TCP connection into a buffer that it borrows only while there
// is something to read.
type rawReader struct {
	raw  syscall.RawConn
	kept []byte // an incomplete frame

	use  use
	err  error
	over bool
}

func (r *rawReader) run(early []byte, use use) error {
	r.kept, r.use = append(r.kept, early...), use
	step := r.step // made once, for each method value is an allocation
	for !r.over {
		if err := r.raw.Read(step); err != nil {
			return err
		}
	}
	return r.err
}

// step reads once. False: nothing is there, wait.
func (r *rawReader) step(fd uintptr) (done bool) {
	if len(r.kept) > readSize/2 {
		return r.stepLong(fd)
	}
	buf := buffers.Get().(*[readSize]byte) //nolint:errcheck // nothing else is in there
	defer buffers.Put(buf)
	kept := copy(buf[:], r.kept)
	n, done := r.fill(fd, buf[kept:])
	if n > 0 {
		r.hand(buf[:kept+n])
	}
	return done
}

// stepLong is step for a frame that does not fit into a shared buffer.
func (r *rawReader) stepLong(fd uintptr) (done bool) {
	if cap(r.kept)-len(r.kept) < readSize {
		r.kept = append(make([]byte, 0, 2*cap(r.kept)+readSize), r.kept...)
	}
	n, done := r.fill(fd, r.kept[len(r.kept):cap(r.kept)])
	if n > 0 {
		r.hand(r.kept[:len(r.kept)+n])
	}
	return done
}

// hand hands data over and keeps what is left of it.
func (r *rawReader) hand(data []byte) {
	used, err := r.use(time.Now(), data)
	if err != nil {
		r.over, r.err = true, err
		return
	}
	r.kept = append(r.kept[:0], data[used:]...)
}

// fill reads what is there.
func (r *rawReader) fill(fd uintptr, into []byte) (n int, done bool) {
	for {
		n, err := syscall.Read(int(fd), into)
		switch {
		case n > 0:
			return n, true
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return 0, false
		case err == nil:
			err = io.EOF
		default:
			err = os.NewSyscallError("read", err)
		}
		r.over, r.err = true, err
		return 0, true
	}
}
