namespace Microsoft.Azure.Functions.Worker.Extensions.Redis;

/// <summary>The end of a list that elements are taken from.</summary>
public enum ListDirection
{
    /// <summary>LPOP.</summary>
    LEFT = 0,

    /// <summary>RPOP.</summary>
    RIGHT = 1,
}
