using McpFunctions.Bench;
using McpFunctions.Bench.Cases;
using McpFunctions.Bench.Recovery;

IBenchCase[] all =
[
    new BurstCase(isMixed: false),
    new BurstCase(isMixed: true),
    new SustainedCase(),
    new InstancesCase(),
    new LatencyCase(),
    new PublishCase(),
    new EnvelopeCase(),
    new UploadCase(),
    new CallsCase(),
    new StreamsCase(),
    new RecoveryCase(),
    new StartCase(),
    new MemoryCase(),
    new ScaleCase(),
];

try
{
    var options = BenchOptions.Parse(args);
    if (options.Worker is { } worker)
    {
        await RecoveryWorker.RunAsync(worker.Count, Console.WriteLine);
        return 0;
    }

    if (options.IsList)
    {
        foreach (IBenchCase each in all)
        {
            Console.WriteLine($"{each.Name,-14} {each.Title}");
        }

        return 0;
    }

    if (options.Cases.FirstOrDefault(name => !all.Any(each => each.Name == name)) is { } unknown)
    {
        throw new BenchException($"there is no case '{unknown}'; the cases are {string.Join(", ", all.Select(each => each.Name))}");
    }

    return await Bench.RunAsync(options, [.. all.Where(each => options.Cases.Count == 0 || options.Cases.Contains(each.Name))]);
}
catch (BenchException exception)
{
    Console.Error.WriteLine($"./bench: {exception.Message} (./bench --help lists the options).");
    return 64;
}
