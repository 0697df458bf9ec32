using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using McpFunctions.Local.FunctionsProtocol;
using Microsoft.Azure.Functions.Worker.Metadata;
using Direction = McpFunctions.Local.FunctionsProtocol.BindingInfo.Types.Direction;
using RetryStrategy = McpFunctions.Local.FunctionsProtocol.RpcRetryOptions.Types.RetryStrategy;

namespace Microsoft.Azure.Functions.Worker.Rpc;

/// <summary>Tells the host of functions, and understands what it tells back.</summary>
internal static class RpcMetadata
{
    public static RpcFunctionMetadata ToRpc(FunctionDescription function)
    {
        var metadata = new RpcFunctionMetadata
        {
            Name = function.Name,
            FunctionId = function.Id,
            ScriptFile = function.ScriptFile,
            EntryPoint = function.EntryPoint,
            Language = "dotnet-isolated",
            RetryOptions = ToRpc(function.Retry),
            Properties = { ["IsCodeless"] = bool.FalseString },
        };

        foreach (var binding in function.Bindings)
        {
            metadata.RawBindings.Add(binding.ToJson());
            metadata.Bindings.Add(binding.Name, new BindingInfo
            {
                Type = binding.Type,
                Direction = binding.Direction == BindingDirection.Out ? Direction.Out : Direction.In,
                DataType = binding.DataType switch
                {
                    "String" => BindingInfo.Types.DataType.String,
                    "Binary" => BindingInfo.Types.DataType.Binary,
                    _ => BindingInfo.Types.DataType.Undefined,
                },
            });
        }

        return metadata;
    }

    public static IReadOnlyCollection<BindingMetadata> BindingsOf(RpcFunctionMetadata metadata) =>
        [.. metadata.Bindings.Select(binding => new RpcBindingMetadata(binding.Key, binding.Value))];

    private static RpcRetryOptions? ToRpc(RetryAttribute? retry) => retry switch
    {
        FixedDelayRetryAttribute fixedDelay => new()
        {
            RetryStrategy = RetryStrategy.FixedDelay,
            MaxRetryCount = fixedDelay.MaxRetryCount,
            DelayInterval = Interval(fixedDelay.DelayInterval),
        },
        ExponentialBackoffRetryAttribute backoff => new()
        {
            RetryStrategy = RetryStrategy.ExponentialBackoff,
            MaxRetryCount = backoff.MaxRetryCount,
            MinimumInterval = Interval(backoff.MinimumInterval),
            MaximumInterval = Interval(backoff.MaximumInterval),
        },
        _ => null,
    };

    private static Duration Interval(string text) => Duration.FromTimeSpan(TimeSpan.Parse(text, CultureInfo.InvariantCulture));

    private sealed class RpcBindingMetadata(string name, BindingInfo binding) : BindingMetadata
    {
        public override string Name => name;

        public override string Type => binding.Type;

        public override BindingDirection Direction =>
            binding.Direction == BindingInfo.Types.Direction.In ? BindingDirection.In : BindingDirection.Out;
    }
}
