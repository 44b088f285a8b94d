# sh requirements/set_up.sh VENV LIST…: a working VENV with what requirements/LIST.txt names and the project in it,
# made anew where it is broken, changed where one of these files has changed. The list `newest` is no file: it stands
# for the newest releases on offer of what the tests need.
#
# A list is complete and every package in it is the very one that was tested, by its hash. So nobody resolves
# (--no-deps), nothing is fetched to build with (--no-build-isolation; what builds is installed first, from wheels),
# and what an index offers today changes nothing.
# pip works on VENV from outside, so that a Python without ensurepip (Debian's) will do.
set -eu
venv=$1
shift
PYTHON=${PYTHON:-python3}
run=$venv/bin/python
new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

if ! "$run" -c "$new_enough" 2>/dev/null; then
  rm -rf "$venv"
  "$PYTHON" -c "$new_enough" 2>/dev/null \
    || { echo "kling_cost needs Python 3.11 or newer; say make PYTHON=/path/to/python3" >&2; exit 2; }
  echo "setting up $venv …"
  "$PYTHON" -m venv --without-pip "$venv"
fi

files="requirements/set_up.sh pyproject.toml requirements/build.txt"
lists=""
for name in "$@"; do
  [ "$name" = newest ] || { files="$files requirements/$name.txt"; lists="$lists -r requirements/$name.txt"; }
done
wanted="$* $(cat $files | cksum)"
if [ "$*" != newest ] && [ "$(cat "$venv/.holds" 2>/dev/null)" = "$wanted" ]; then exit 0; fi
rm -f "$venv/.holds"

common="--disable-pip-version-check --quiet"
from_source="--no-build-isolation --use-pep517"
if "$PYTHON" -m pip --version >/dev/null 2>&1; then install="$PYTHON -m pip --python $run install"
elif command -v uv >/dev/null 2>&1; then
  install="uv pip install --python $run" common="--quiet" from_source="--no-build-isolation"
elif "$run" -m ensurepip >/dev/null 2>&1; then install="$run -m pip install"
else echo "no pip found: install python3-pip (Debian), or uv" >&2; exit 2; fi

$install $common --require-hashes --no-deps --only-binary :all: -r requirements/build.txt
[ -z "$lists" ] || $install $common --require-hashes --no-deps $from_source $lists
if [ "$*" = newest ]; then $install $common --upgrade $from_source -e '.[test]'
else $install $common --no-deps $from_source -e .; fi
printf '%s' "$wanted" > "$venv/.holds"
