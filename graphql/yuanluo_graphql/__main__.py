"""`python -m yuanluo_graphql`: the command line."""

from yuanluo_graphql.starting import main

main()
