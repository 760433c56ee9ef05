/// A configuration that uses nearly every key.
let example = #"""
    version: 1
    project: flights

    params:                               # typed by the default, or in long form
      month: 1
      sample: {type: number, default: 1.0, min: 0, max: 1}
      model:  {type: string, default: ridge, one_of: [ridge, forest]}

    environments:                         # by branch name; * matches any characters, / too; the first match wins
      - match: main
        protected: true
      - match: "release/*"
        protected: true
      - match: "*"
        from: main                        # whose pins a new environment takes
        params: {sample: 0.1}
        variables: {DBT_SCHEMA: "dev_${{ branch.identifier }}"}
        setup: ./scripts/make_schema.sh   # once, when the environment is made
        teardown: ./scripts/drop_schema.sh

    workspaces: ../flights.envs           # default: <repository>.envs beside it
    copy_ignored: [.env.local]            # ignored files a new workspace gets a copy of; .worktreeinclude is honoured too
    setup: {run: "uv sync --frozen", inputs: [uv.lock], outputs: [.venv]}   # in each workspace, again when its inputs change; its key is part of every step's
    shell: [bash, -eo, pipefail, -c]      # the default
    variables: {TZ: UTC}                  # for every step
    secrets: [CRM_URL]                    # names only
    ports: [notebook]                     # each environment gets its own number

    sandbox:                              # what every step may see beyond the workspace and the system
      read: ["~/.dbt"]
      network: false

    sources:
      raw:                                # kind: files, the default
        path: data/raw                    # where steps see it
        location: /srv/warehouse/flights  # where it lives; default: the same path in the main working tree
        writable: false                   # true: a copy of its own per environment
        pin: auto                         # auto | subvolume | reflink | copy | in-place
        freshness: {warn_after: 26h, error_after: 3d}
        tests:
          - row_count: {table: data/raw/flights.csv, min: 1}
      sales:
        kind: sqlite
        location: /srv/sales.sqlite
        path: data/sales.sqlite
      crm:
        kind: postgres
        location: ${{ secrets.CRM_URL }}
        clone_to: ${{ secrets.DEV_PG }}   # the server that holds environments' databases
        only: {tables: [orders, customers], where: {orders: "created > now() - interval '30 days'"}}
        variable: DATABASE_URL            # through which steps reach their database
      warehouse:
        kind: command                     # what cannot be copied: a fingerprint, and optionally a branch of its own
        fingerprint: snowsql -q "select max(loaded_at), count(*) from raw.orders"
        create: …                         # optional: make, drop a branch of it (zero-copy clone, Neon, lakeFS, …)
        drop: …
      rates:
        kind: project                     # another project's published output
        repository: ../fx
        ref: main
        output: rates
        path: data/rates

    steps:
      clean:
        run: python clean.py --month ${{ params.month }}
        inputs: [data/raw/flights.csv, clean.py]
        outputs: [data/clean.parquet]
        tests:
          - not_null: [dep_time, carrier]
          - unique: [flight_id]
          - accepted_values: {column: carrier, values: [AA, B6, DL, UA], severity: info}
          - range: {column: delay, min: -120, max: 1440, warn_if: "> 0", error_if: "> 0.5%"}
      train:
        needs: [clean]                    # implied where an input is another step's output
        matrix: {seed: [1, 2, 3]}
        run: python train.py --model ${{ params.model }} --seed ${{ matrix.seed }}
        inputs: [data/clean.parquet, train.py]
        outputs: ["models/${{ matrix.seed }}.bin", "metrics/${{ matrix.seed }}.json"]
        image: registry.example/ml@sha256:…   # run in a container
        resources: {cpus: 2, memory: 4GB, gpus: 1}
        sandbox: {network: true, write: ["~/.cache/huggingface"]}
        variables: {SCHEMA: "${{ variables.DBT_SCHEMA }}"}
        timeout: 30m
        retries: 1

    variations:                           # named runs
      smoke: {only: [clean], params: {sample: 0.01}}

    gate:
      mode: enforce                       # observe: hooks report what they would have refused
      method: merge                       # merge | squash | ff
      require: all                        # or a list of steps
      warnings: allow                     # allow | deny | acknowledge
      changed_tests: acknowledge          # tests of the target that were removed or loosened: allow | acknowledge | deny
      data_max_age: 24h                   # a merge may reuse the target's pins up to this age
      isolation: sandbox                  # the weakest isolation a verdict may have
      tests: required                     # optional: a project without tests may land, with a warning
      existing_failures: deny             # allow: failures that the target has too do not block
      override: deny                      # allow: merge --override --reason R
      ignore: ["*.md", "docs/**"]         # tracked files that no result can depend on
      sign: none                          # ssh
      server: verify                      # run
      upstream: any                       # verified

    publish:
      to: /srv/warehouse/marts
      outputs: [data/clean.parquet]
      keep: 10

    expire:                               # a rule may override it
      merged: 3d                          # after the branch was merged
      unused: 30d
      trash: 7d
    store: {snapshots: 3, cache: 20GB, copy_limit: 2GB}
    """#
