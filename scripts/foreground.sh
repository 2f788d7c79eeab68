#!/bin/sh
# Runs a command of a Makefile as the terminal's foreground job: Ctrl-C reaches the command alone. Otherwise make would
# get it, too, and end with 130 whatever the command ends with. In the background, and off a terminal, nothing changes.
case $(ps -o stat= -p $$ 2>/dev/null) in
*+*)
    set -m
    # make passes SIGTERM on to this shell alone: the program ends when its parent has.
    END_WITH_PARENT=1 "$@"
    ;;
*) exec "$@" ;;
esac
