// Package crash holds Bevan to its promises from outside: its tests build the
// real program, start it as a process, speak HTTP to it over loopback, and then
// take away what it stands on. It is killed in the middle of writes, its
// database is killed under it, its disk fills, strangers send it what no
// client would, and a load is cut off half way. After each of these everything
// that was acknowledged must be there, whole, and on the access log.
//
// Why here: a promise about a process that dies can only be tested on a
// process, and only app makes one. What one room can prove by itself is proved
// in that room.
//
// What is not here: no code that ships. A power cut is not tested either: when
// a process is killed the system still writes what it was given, so that the
// order of syncs is the concern of db and its own tests.
package crash
