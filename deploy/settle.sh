# Run while an image is built, after each installation, with what was installed: `sh settle.sh 'darkstar_*'`.
# The same commit is to give the same files on every machine, so compiled files go by what is in their source, not
# by when it was written, and all have one date. They are made here, since a container cannot write them and would
# compile all anew at each start. What packages bring only to test or to compile against them is left out.
set -eu
cd /opt/darkstar/lib/python3*/site-packages
for package in numpy pandas scipy pvlib ortools polars; do
    test ! -d "$package" || find "$package" -type d \( -name tests -o -name test -o -name include \) -prune -exec rm -rf {} +
done
# shellcheck disable=SC2086  # a pattern
/opt/darkstar/bin/python -m compileall -q --invalidation-mode unchecked-hash $1
find /opt/darkstar /state -newermt @1577836800 -exec touch --no-dereference --date=@1577836800 {} +
