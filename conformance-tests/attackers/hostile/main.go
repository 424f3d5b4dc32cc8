// hostile is the attacker on the network: a registry that serves images as recipes say, or misbehaves, and clients that do not keep to a protocol.
package main

import (
	"fmt"
	"os"
)

var commands = map[string]func(arguments []string) error{
	"registry": serveRegistry,
	"trap":     serveTrap,
	"flood":    flood,
	"raw":      raw,
	"frames":   frames,
	"silent":   silent,
	"execs":    execs,
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "hostile: registry | trap | flood | raw | frames | silent | execs")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
}
