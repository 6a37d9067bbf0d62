# count_words.sh FOLDER COUNT: the words most used in the texts of a folder, without common ones.
set -eu
cat "$1"/* | tr -cs 'A-Za-z' '\n' | tr 'A-Z' 'a-z' | grep -E '^.{3,}$' |
  grep -vxF -f common_words.txt | sort | uniq -c | sort -k1,1nr -k2 | sed "$2q" |
  while read -r times word; do echo "word $word $times"; done
