"""The REST API: routes by resource, wire forms, errors as problem JSON. A few lines each."""
