package udp

import (
	"encoding/binary"
	"net"
	"syscall"
)

// askForLost has the system say with each datagram how many before it there was no
// room for. Without that, they are counted by nobody.
func askForLost(conn *net.UDPConn) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RXQ_OVFL, 1) })
}

// newBeside returns room for what the system says beside a datagram.
func newBeside() []byte { return make([]byte, syscall.CmsgSpace(4)) }

// lostIn reads it: how many were lost since the port was opened, in 32 bits. Nothing
// is said while that is none.
func lostIn(beside []byte) (n uint32, isSaid bool) {
	if len(beside) < syscall.CmsgLen(4) { // nothing else was asked for
		return 0, false
	}
	return binary.NativeEndian.Uint32(beside[syscall.CmsgLen(0):]), true
}
