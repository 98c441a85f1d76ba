package server

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// holderOf returns the program that listens on a TCP port, as far as /proc shows
// it to this user.
func holderOf(port int) (name string, pid int, ok bool) {
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		for _, inode := range listeners(table, port) {
			if pid, ok := ownerOf("socket:[" + inode + "]"); ok {
				program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
				return filepath.Base(program), pid, err == nil
			}
		}
	}
	return "", 0, false
}

// listeners returns the inodes of the sockets that listen on a port.
func listeners(table string, port int) (inodes []string) {
	f, err := os.Open(table)
	if err != nil {
		return nil
	}
	defer f.Close()
	suffix := fmt.Sprintf(":%04X", port)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		const local, state, inode, listening = 1, 3, 9, "0A"
		field := strings.Fields(lines.Text())
		if len(field) > inode && strings.HasSuffix(field[local], suffix) && field[state] == listening {
			inodes = append(inodes, field[inode])
		}
	}
	return inodes
}

// ownerOf returns a process that has the socket open.
func ownerOf(socket string) (pid int, ok bool) {
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && target == socket {
			pid, err := strconv.Atoi(strings.Split(link, "/")[2])
			return pid, err == nil
		}
	}
	return 0, false
}
