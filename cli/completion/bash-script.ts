/**
 * What bash runs. It differs from the scripts of `@bomb.sh/tab` in three ways: it needs no package beside bash, may be read
 * twice by one shell, and never evaluates what is on the line, which may hold `$(…)`.
 */
export const BASH_SCRIPT = `# bash completion for poolkeeper
_poolkeeper_complete() {
  local -a words=()
  local at word directive line
  # bash takes "--pool=web" apart at the "="; what it took apart is one word again.
  for ((at = 1; at <= COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    if ((\${#words[@]} > 0)) && [[ "\${words[-1]}" == --* ]] &&
      { [[ "$word" == "=" && "\${words[-1]}" != *=* ]] || [[ "\${words[-1]}" == *= && "\${COMP_WORDS[at - 1]}" == "=" ]]; }; then
      words[-1]+="$word"
    else
      words+=("$word")
    fi
  done
  local typed="\${COMP_WORDS[COMP_CWORD]}"
  [[ "$typed" == "=" ]] && typed=""
  COMPREPLY=()
  directive=0
  while IFS= read -r line; do
    if [[ "$line" == :* ]]; then
      directive="\${line#:}"
    else
      word="\${line%%$'\\t'*}"
      [[ "$word" == "$typed"* ]] && COMPREPLY+=("$word")
    fi
  done < <("\${COMP_WORDS[0]}" complete -- "\${words[@]}" 2>/dev/null)
  if ((directive & 4)); then
    compopt +o default 2>/dev/null
  elif ((directive & 16)); then
    compopt -o dirnames 2>/dev/null
  fi
  return 0
}
complete -o default -F _poolkeeper_complete poolkeeper`;
