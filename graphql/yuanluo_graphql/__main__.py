"""`python -m yuanluo_graphql`: the command line."""

from yuanluo_graphql.cli import main

main()
