using System.Reflection;
using System.Text.RegularExpressions;
using McpFunctions.Functions.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Documentation;

/// <summary>An HTTP function as its attributes declare it.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Method">The HTTP method, in lower case.</param>
/// <param name="Route">The route after <c>/api/</c>.</param>
/// <param name="Access">The callers that are allowed; null for nobody.</param>
/// <param name="Operation">Its bodies, parameters and responses.</param>
/// <param name="Code">The method.</param>
internal sealed partial record HttpFunction(string Name, string Method, string Route, AccessAttribute? Access, OperationAttribute? Operation, MethodInfo Code)
{
    /// <summary>
    /// All HTTP functions of this app, except <see cref="UnknownRouteFunctions"/>, which names no method. HEAD is left out, since it is
    /// like GET.
    /// </summary>
    public static IReadOnlyList<HttpFunction> All { get; } =
    [
        .. from method in typeof(HttpFunction).Assembly.GetTypes().SelectMany(type => type.GetMethods())
           let function = method.GetCustomAttribute<FunctionAttribute>()
           where function is not null
           let trigger = method.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(each => each is not null)
           where trigger is not null
           from verb in trigger.Methods ?? []
           where verb != "head"
           let route = trigger.Route!
           orderby route, verb
           select new HttpFunction(
               function.Name, verb, route, method.GetCustomAttribute<AccessAttribute>(), method.GetCustomAttribute<OperationAttribute>(), method),
    ];

    /// <summary>The names of the values in the route.</summary>
    public IEnumerable<string> RouteValues => RouteValue().Matches(Route).Select(match => match.Groups[1].Value);

    /// <summary>The methods that the routes of a path take, in upper case; none where no route has the path.</summary>
    /// <param name="path">The path after <c>/api/</c>.</param>
    public static IReadOnlyList<string> MethodsAt(string path) =>
    [
        .. All.Where(function => function.Matches(path))
            .SelectMany(function => function.Method == "get" ? ["GET", "HEAD"] : new[] { function.Method.ToUpperInvariant() })
            .Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>Whether it accepts an idempotency key.</summary>
    public bool IsIdempotent => Code.GetCustomAttribute<IdempotentAttribute>() is not null;

    /// <summary>Whether a function is an HTTP function.</summary>
    public static bool IsOne(FunctionContext context) =>
        context.FunctionDefinition.InputBindings.Values.Any(binding => binding.Type.Equals("httpTrigger", StringComparison.OrdinalIgnoreCase));

    // As ASP.NET Core matches routes: without regard to case, and a value is never empty.
    private bool Matches(string path)
    {
        string[] route = Route.Split('/');
        string[] asked = path.Split('/');
        return route.Length == asked.Length
            && route.Zip(asked).All(step => step.First[0] == '{' ? step.Second.Length > 0 : step.First.Equals(step.Second, StringComparison.OrdinalIgnoreCase));
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex RouteValue();
}
