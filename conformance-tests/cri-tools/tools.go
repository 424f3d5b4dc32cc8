//go:build tools

// Package tools pins the programs that judge us: go install refuses cri-tools, whose go.mod has replace directives, so
// they are built from a module that requires it. go.sum holds the digests of everything that goes into them.
package tools

// critest is the test of a package that has nothing else: what it imports is named in its place.
import (
	_ "sigs.k8s.io/cri-tools/cmd/crictl"
	_ "sigs.k8s.io/cri-tools/pkg/benchmark"
	_ "sigs.k8s.io/cri-tools/pkg/validate"
)
