enum GatePlaceholder {}
