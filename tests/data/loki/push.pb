1
N
{app="a\"b",x="y"}
¤š†Éline	
user7
¤š†Éline	
user7